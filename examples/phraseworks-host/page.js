// The CMS's own page: it keeps the token in the browser's storage, and posts it once to open the dashboard.
export const page = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>PhraseWorks</title></head>
<body>
<h1>PhraseWorks</h1>
<button id="login">Sign in as administrator</button>
<form method="post" action="/jobs/sign-in" hidden><input type="hidden" name="token"><button>Jobs</button></form>
<script type="module">
const form = document.querySelector('form');
const show = () => {
  form.elements.token.value = localStorage.getItem('token');
  form.hidden = !form.elements.token.value;
};
document.querySelector('#login').onclick = async () => {
  const answer = await fetch('/login', { method: 'POST', body: JSON.stringify({ userId: 1 }) });
  localStorage.setItem('token', (await answer.json()).token);
  show();
};
show();
</script>
</body></html>`;
