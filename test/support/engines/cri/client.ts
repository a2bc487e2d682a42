import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { credentials, loadPackageDefinition, type ServiceClientConstructor, status } from "@grpc/grpc-js";
import { loadSync } from "@grpc/proto-loader";

/** One call of the Container Runtime Interface, as the kubelet makes it; rejects with the engine's own message. */
export type Call = <T>(method: string, request: object) => Promise<T>;

export interface Client {
  readonly call: Call;
  close(): void;
}

/** The engine that listens at a socket. */
export function connect(socket: string): Client {
  const definition = loadSync(join(import.meta.dirname, "runtime.proto"), {
    keepCase: true,
    longs: Number,
    enums: String,
    defaults: true,
  });
  const { runtime } = loadPackageDefinition(definition) as unknown as Package;
  const client = new runtime.v1.RuntimeService(`unix://${socket}`, credentials.createInsecure());
  const once = <T>(method: string, request: object) =>
    new Promise<T>((resolve, reject) =>
      (client as unknown as Methods)[method]!(request, (error, response) => {
        if (error === null) resolve(response as T);
        else reject(error);
      }),
    );
  return {
    // The connection ends with an engine that is restarted.
    call: <T>(method: string, request: object) =>
      once<T>(method, request).catch(async (error) => {
        if (error.code !== status.UNAVAILABLE) throw error;
        await setTimeout(500);
        return once<T>(method, request);
      }),
    close: () => client.close(),
  };
}

interface Package {
  readonly runtime: { readonly v1: { readonly RuntimeService: ServiceClientConstructor } };
}

type Methods = Record<string, (request: object, done: (error: Error | null, response: unknown) => void) => void>;
