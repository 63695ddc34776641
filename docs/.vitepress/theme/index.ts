import type { Theme } from "vitepress";
import DefaultTheme from "vitepress/theme-without-fonts";
import { MemorySizing } from "./memory-sizing.js";
import "./site.css";

export default {
  extends: DefaultTheme,
  enhanceApp({ app }) {
    app.component("MemorySizing", MemorySizing);
  },
} satisfies Theme;
