// Starts the viewer in the colour scheme of the page, and lists the error codes with the anchors that problem+json names in `type`.
/* global SwaggerUIBundle */
const dark = matchMedia('(prefers-color-scheme: dark)');
const page = document.documentElement;
// The dashboard's own choice wins.
const paint = () =>
  page.classList.toggle('dark-mode', page.dataset.theme ? page.dataset.theme === 'dark' : dark.matches);
dark.addEventListener('change', paint);
new MutationObserver(paint).observe(page, { attributeFilter: ['data-theme'] });
paint();

const viewer = document.querySelector('#viewer');
const asksForCode = /^#[A-Z_]+$/.test(location.hash);

const ui = SwaggerUIBundle({
  domNode: viewer,
  url: viewer.dataset.description,
  // It would take the code for one of its groups, and change the address.
  deepLinking: !asksForCode,
  displayRequestDuration: true,
  // The right that an operation needs, `x-action`.
  showExtensions: true,
  defaultModelsExpandDepth: 0,
  // Otherwise descriptions are sent to swagger.io to be checked.
  validatorUrl: null,
  onComplete: () => listErrors(ui.specSelectors.specJson().get('x-errors').toJS()),
});

function listErrors(errors) {
  const section = document.querySelector('#errors');
  const rows = Object.entries(errors).map(([code, { status, title }]) => {
    const row = document.createElement('tr');
    row.id = code;
    const name = document.createElement('code');
    name.textContent = code;
    for (const content of [name, status, title]) row.insertCell().append(content);
    return row;
  });
  section.querySelector('tbody').replaceChildren(...rows);
  section.hidden = false;
  // The row was not there yet when the browser looked for it.
  if (asksForCode) location.replace(location.hash);
}
