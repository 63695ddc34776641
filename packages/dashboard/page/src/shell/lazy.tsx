import { useSignal } from "@preact/signals";
import type { ComponentType } from "preact";
import { useEffect } from "preact/hooks";
import type { Page } from "./page.js";

interface PartProps {
  readonly page: Page;
}

interface LazyProps extends PartProps {
  readonly load: () => Promise<ComponentType<PartProps>>;
}

/** A part of the page that is fetched when it is first shown, as the first sight needs it not. */
export function Lazy({ load, page }: LazyProps) {
  const part = useSignal<{ readonly Part: ComponentType<PartProps> } | undefined>(undefined);
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
  const Part = part.value?.Part;
  return Part ? <Part page={page} /> : null;
}
