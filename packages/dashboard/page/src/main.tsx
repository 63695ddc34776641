import { render } from "preact";
import "./styles/colours.css";
import "./styles/frame.css";
import "./styles/plot.css";
import "./styles/chart.css";
import "./styles/strip.css";
import { App } from "./shell/app.js";
import { createPage } from "./shell/page.js";
import { watchBrowser } from "./shell/watch-browser.js";
import { watchServer } from "./shell/watch-server.js";

const host = document.getElementById("page");
if (host) {
  const local = storage("localStorage");
  const page = createPage({ address: new URL(location.href), session: storage("sessionStorage"), local });
  watchBrowser(page, local);
  watchServer(page);
  render(<App page={page} />, host);
}

/** A browser may refuse even to be asked. */
function storage(name: "localStorage" | "sessionStorage"): Storage | undefined {
  try {
    return window[name];
  } catch {
    return undefined;
  }
}
