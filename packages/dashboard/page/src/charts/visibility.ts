/** Which elements are on the screen or near it; one observer for all. */
export class Visibility {
  readonly #heard = new Map<Element, (isNear: boolean) => void>();
  readonly #observer: IntersectionObserver;

  constructor() {
    this.#observer = new IntersectionObserver((entries) => this.#tell(entries), { rootMargin: "150px 0px" });
  }

  watch(element: Element, heard: (isNear: boolean) => void): () => void {
    this.#heard.set(element, heard);
    this.#observer.observe(element);
    return () => {
      this.#heard.delete(element);
      this.#observer.unobserve(element);
    };
  }

  #tell(entries: readonly IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) this.#heard.get(target)?.(isIntersecting);
  }
}
