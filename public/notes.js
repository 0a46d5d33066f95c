// Lists, adds and deletes notes over the API that stands beside this page.

const api = 'api/notes';
const list = document.querySelector('#notes');
const form = document.querySelector('#new');
const problem = document.querySelector('#problem');
const template = document.querySelector('#note');

// An answer's JSON, or its problem (RFC 9457) as an error.
async function ask(method, path, body) {
  const options = {method};
  if (body !== undefined) {
    options.headers = {'Content-Type': 'application/json'};
    options.body = JSON.stringify(body);
  }
  const response = await fetch(path, options);
  const text = await response.text();
  const isJson = /[/+]json\b/.test(response.headers.get('Content-Type') ?? '');
  const json = isJson && text ? JSON.parse(text) : null;
  if (!response.ok) throw new Error(json?.detail ?? json?.title ?? `The server answered ${response.status}.`);
  return json;
}

// Runs what asks the API, and says what went wrong there.
async function attempt(action) {
  problem.hidden = true;
  try {
    await action();
  } catch (error) {
    problem.textContent = error.message;
    problem.hidden = false;
  }
}

function show(note) {
  const item = template.content.cloneNode(true).querySelector('li');
  item.querySelector('h2').textContent = note.title;
  item.querySelector('p').textContent = note.text;
  const time = item.querySelector('time');
  time.dateTime = note.changed;
  time.textContent = new Date(note.changed).toLocaleString();
  item.querySelector('button').addEventListener('click', () =>
    attempt(async () => {
      await ask('DELETE', `${api}/${note.id}`);
      item.remove();
      tellEmpty();
    }));
  return item;
}

function tellEmpty() {
  document.querySelector('#none').hidden = list.childElementCount > 0;
}

form.addEventListener('submit', (event) => {
  event.preventDefault();
  const {title, text} = Object.fromEntries(new FormData(form));
  attempt(async () => {
    list.prepend(show(await ask('POST', api, {title, text})));
    form.reset();
    tellEmpty();
  });
});

attempt(async () => {
  const page = await ask('GET', `${api}?limit=50`);
  list.replaceChildren(...page.items.map(show));
  tellEmpty();
});
