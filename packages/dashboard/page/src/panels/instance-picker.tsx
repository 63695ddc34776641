import type { KnownInstance } from "../data/roster.js";
import type { Page } from "../shell/page.js";

/** Whose series the charts show: all instances' as one, or one's. Those that show no life are greyed. */
export function InstancePicker({ page: { instance, instances } }: { readonly page: Page }) {
  const known = instances.value;
  const chosen = known.find(({ name }) => name === instance.value);
  return (
    <label class="instances" data-testid="instances" data-status={chosen?.status}>
      <span class="hidden">Instances</span>
      <select value={instance.value} onChange={({ currentTarget }) => (instance.value = currentTarget.value)}>
        <option value="">all {known.length} instances</option>
        {instance.value !== "" && !chosen && (
          <option value={instance.value}>{instance.value} – unknown</option>
        )}
        {known.map((one) => (
          <Instance key={one.name} {...one} isChosen={one === chosen} />
        ))}
      </select>
    </label>
  );
}

/** What is gone has no history left to show. */
function Instance({ name, status, isChosen }: KnownInstance & { readonly isChosen: boolean }) {
  return (
    <option value={name} data-status={status} disabled={status === "gone" && !isChosen}>
      {status === "live" ? name : `${name} – ${status}`}
    </option>
  );
}
