import { useSignal } from "@preact/signals";
import { type Attributes, type ComponentType, createElement } from "preact";
import { useEffect } from "preact/hooks";

interface LazyProps<Props> {
  readonly load: () => Promise<ComponentType<Props>>;
  readonly props: Props & Attributes;
}

/** A part of the page that is fetched when it is first shown, as the first sight needs it not. */
export function Lazy<Props>({ load, props }: LazyProps<Props>) {
  const part = useSignal<{ readonly Part: ComponentType<Props> } | undefined>(undefined);
  const isMissing = useSignal(false);
  useEffect(() => {
    load().then(
      (Part) => {
        part.value = { Part };
      },
      () => {
        isMissing.value = true;
      },
    );
  }, [load, part, isMissing]);
  if (isMissing.value) return <p class="empty">This part could not be fetched. Reload the page.</p>;
  return part.value ? createElement(part.value.Part, props) : null;
}
