/** Which of the two engines of Kubernetes has written the config. */
export type Cri = "containerd" | "CRI-O";

/** Where a container stands in its cluster. */
export interface Pod {
  readonly namespace: string;
  readonly name: string;
  readonly container: string;
}
