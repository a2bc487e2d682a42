import { join } from "node:path";
import { credentials, loadPackageDefinition, type ServiceClientConstructor } from "@grpc/grpc-js";
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
  return {
    call: (method, request) =>
      new Promise((resolve, reject) =>
        (client as unknown as Methods)[method]!(request, (error, response) => {
          if (error === null) resolve(response as never);
          else reject(error);
        }),
      ),
    close: () => client.close(),
  };
}

interface Package {
  readonly runtime: { readonly v1: { readonly RuntimeService: ServiceClientConstructor } };
}

type Methods = Record<string, (request: object, done: (error: Error | null, response: unknown) => void) => void>;
