import type { Page } from "../shell/page.js";

/** Whether charts show all instances as one or the serving one; with a single instance there is nothing to choose. */
export function InstancePicker({ page }: { readonly page: Page }) {
  const { health, merge, connection } = page;
  const instances = health.value?.instances ?? [];
  if (instances.length < 2 && merge.value === "cluster") return null;
  const serving = connection.value.name === "live" ? connection.value.instance : "";
  return (
    <label class="instances" data-testid="instances">
      <span class="hidden">Instances</span>
      <select
        value={merge.value}
        onChange={({ currentTarget }) =>
          (merge.value = currentTarget.value === "instance" ? "instance" : "cluster")
        }
      >
        <option value="cluster">all instances</option>
        <option value="instance">{serving || "this instance"}</option>
        {instances
          .filter(({ name }) => name !== serving)
          .map(({ name, status }) => (
            <option key={name} disabled>
              {name} {status}
            </option>
          ))}
      </select>
    </label>
  );
}
