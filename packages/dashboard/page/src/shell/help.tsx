import "../styles/help.css";
import { useEffect, useRef } from "preact/hooks";
import type { Page } from "./page.js";

const keys: readonly (readonly [string, string])[] = [
  ["/", "search"],
  ["Space", "pause, go on"],
  ["L", "back to live"],
  ["1 – 8", "range: 5 m to 24 h"],
  ["Shift+← Shift+→", "back and forward in time"],
  ["+ −", "shorter, longer"],
  ["W", "what changed most"],
  ["C O E M", "charts, overview, events, metricast"],
  ["T", "dark, light"],
  ["U", "UTC, local time"],
  ["← →", "on a chart: from point to point"],
  ["Enter", "on a chart: larger, smaller"],
  ["?", "this help"],
];

const gestures: readonly (readonly [string, string])[] = [
  ["Drag", "zoom, all charts together"],
  ["Double click", "back to live"],
  ["Wheel", "sideways: back and forward; with Ctrl: zoom"],
  ["Click a name", "that line alone; with Ctrl: hide it"],
  ["Touch", "drag to pan, pinch to zoom"],
];

/** What keys and pointer do. */
export function Help({ page }: { readonly page: Page }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const close = () => {
    page.isHelpOpen.value = false;
  };
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: Escape closes a dialog by itself
    <dialog
      ref={dialog}
      aria-label="Help"
      onClose={close}
      onClick={({ target, currentTarget }) => target === currentTarget && close()}
    >
      <div class="help">
        <h2>Keys</h2>
        <List rows={keys} />
        <h2>Pointer</h2>
        <List rows={gestures} />
        <h2>Search</h2>
        <p>
          Words are looked for in names, labels and help. With <kbd>*</kbd>, <kbd>?</kbd> or <kbd>{"{"}</kbd>{" "}
          it is the select syntax: <code>{'http_*{method="GET",code!="500"}'}</code>
        </p>
        <button type="button" onClick={close}>
          Close
        </button>
      </div>
    </dialog>
  );
}

function List({ rows }: { readonly rows: readonly (readonly [string, string])[] }) {
  return (
    <dl>
      {rows.map(([key, meaning]) => (
        <div key={key}>
          <dt>
            <kbd>{key}</kbd>
          </dt>
          <dd>{meaning}</dd>
        </div>
      ))}
    </dl>
  );
}
