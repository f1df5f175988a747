// Draws over the chart of the last hour: from where the pointer went down to where it was released.

const partAt = ({ target }: Event): Element | null =>
  target instanceof Element ? target.closest('[data-brush] a') : null;

export function attachBrush(): void {
  let first: Element | null = null;
  const brushed = (last: Element): Element[] => {
    const parts: Element[] = [...(last.closest('[data-brush]')?.querySelectorAll('a') ?? [])];
    const [from = 0, to = 0] = [first, last].map((part) => parts.indexOf(part ?? last)).sort((a, b) => a - b);
    return from < 0 ? [] : parts.slice(from, to + 1);
  };
  const mark = (parts: readonly Element[]): void => {
    for (const part of document.querySelectorAll('[data-brush] a')) {
      part.classList.toggle('brushed', parts.includes(part));
    }
  };
  document.addEventListener('pointerdown', (event) => {
    first = event.button === 0 ? partAt(event) : null;
    if (first) event.preventDefault();
  });
  document.addEventListener('pointerover', (event) => {
    const part = first && partAt(event);
    if (part) mark(brushed(part));
  });
  document.addEventListener('pointerup', (event) => {
    const last = partAt(event);
    const parts = first && last && first !== last ? brushed(last) : [];
    first = null;
    mark([]);
    const [from, to] = [parts[0], parts.at(-1)].map((part) => new URL(part?.getAttribute('href') ?? '', location.href));
    if (parts.length === 0 || !from || !to) return;
    from.searchParams.set('to', to.searchParams.get('to') ?? '');
    location.assign(from);
  });
}
