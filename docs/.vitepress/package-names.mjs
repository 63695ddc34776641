// TypeDoc names a module by its path; readers know it by what they import.
import { readFileSync } from "node:fs";

export function load({ converter }) {
  converter.on("resolveEnd", ({ project }) => {
    for (const module of project.children ?? []) {
      const [folder] = module.name.split("/");
      const manifest = new URL(`../../packages/${folder}/package.json`, import.meta.url);
      module.name = JSON.parse(readFileSync(manifest, "utf8")).name;
    }
  });
}
