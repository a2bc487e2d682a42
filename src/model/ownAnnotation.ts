export type Annotations = Readonly<Record<string, string>>;

/** Data of dynuser that goes along in the container's config and state, as an annotation. */
interface OwnAnnotation<T> {
  /** Replaces the annotation, as one of an image or an engine must not be applied; none for an empty list. */
  write(annotations: Annotations, items: readonly T[]): Annotations;
  read(annotations: Annotations | undefined): readonly T[];
}

export function ownAnnotation<T>(name: string): OwnAnnotation<T> {
  return {
    write: ({ [name]: _, ...others }, items) =>
      items.length === 0 ? others : { ...others, [name]: JSON.stringify(items) },
    read: (annotations) => {
      const text = annotations?.[name];
      return text === undefined ? [] : (JSON.parse(text) as readonly T[]);
    },
  };
}
