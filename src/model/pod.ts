/** The Kubernetes engine that wrote the config. */
export type Cri = "containerd" | "CRI-O";

/** The names of a container in its cluster. */
export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly container: string;
}
