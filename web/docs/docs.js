// Shows openapi.json, which stands beside this page. It runs under a policy that lets nothing in but what comes from here.
'use strict';

// Swagger UI is dark where the root element says so: follow what the reader has chosen for the whole system.
const dark = matchMedia('(prefers-color-scheme: dark)');
const followScheme = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
followScheme();
dark.addEventListener('change', followScheme);

SwaggerUIBundle({
  url: new URL('openapi.json', document.baseURI).href,
  dom_id: '#docs',
  deepLinking: true,
  defaultModelsExpandDepth: 0,
  displayRequestDuration: true,
  filter: true,
  tryItOutEnabled: true,
  validatorUrl: null,
  onComplete: () => {
    const title = document.querySelector('#docs .title');
    if (title) document.title = title.firstChild.textContent.trim();
  },
});
