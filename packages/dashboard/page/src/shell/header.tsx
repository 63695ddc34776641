import type { RefObject } from "preact";
import { Badge } from "./badge.js";
import { Icon } from "./icon.js";
import type { Page, Theme } from "./page.js";

const themes: readonly Theme[] = ["system", "dark", "light"];

interface HeaderProps {
  readonly page: Page;
  readonly searchBox: RefObject<HTMLInputElement | null>;
}

export function Header({ page, searchBox }: HeaderProps) {
  const { search, theme, isHelpOpen } = page;
  const turn = () => {
    theme.value = themes[(themes.indexOf(theme.value) + 1) % themes.length] ?? "system";
  };
  return (
    <header>
      <h1>metricast</h1>
      <input
        ref={searchBox}
        type="search"
        data-testid="search"
        placeholder='Search: words, or http_*{method="GET"}   ( / )'
        aria-label="Search charts"
        spellcheck={false}
        autocomplete="off"
        value={search.value}
        onInput={({ currentTarget }) => (search.value = currentTarget.value)}
      />
      <Badge page={page} />
      <button
        type="button"
        class="icon"
        title={`Theme: ${theme.value}`}
        aria-label={`Theme: ${theme.value}`}
        onClick={turn}
      >
        <Icon shape={theme.value} />
      </button>
      <button
        type="button"
        class="icon"
        title="Help (?)"
        aria-label="Help"
        onClick={() => (isHelpOpen.value = true)}
      >
        ?
      </button>
    </header>
  );
}
