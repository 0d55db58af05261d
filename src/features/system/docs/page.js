/** The reference in the browser: Swagger UI over the document of this host, and nothing from any other. */

const SCHEME = 'bearer';

const dark = matchMedia('(prefers-color-scheme: dark)');
const followScheme = () => document.documentElement.classList.toggle('dark-mode', dark.matches);
dark.addEventListener('change', followScheme);
followScheme();

/** Optional parameters start empty: an example that nobody chose, of a workspace for one, would be sent along. */
const withoutGuesses = {
  statePlugins: {
    spec: {
      wrapActions: {
        updateJsonSpec: (update) => (document) => {
          const operations = Object.values(document.paths).flatMap(Object.values);
          for (const { schema = {}, ...parameter } of operations.flatMap(({ parameters = [] }) => parameters)) {
            if (!parameter.required) delete schema.example;
          }
          return update(document);
        },
      },
    },
  },
};

const ui = globalThis.SwaggerUIBundle({
  url: '/openapi.json',
  domNode: document.getElementById('reference'),
  deepLinking: true,
  displayRequestDuration: true,
  // Unfolded, hundreds of operations and schemas take seconds to draw.
  docExpansion: 'none',
  defaultModelsExpandDepth: 0,
  filter: true,
  // Its badge would come from validator.swagger.io.
  validatorUrl: null,
  plugins: [withoutGuesses],
  responseInterceptor: keepToken,
});

/** Whoever logs in through the page is logged in on the page, until it is left or reloaded: nothing is stored. */
function keepToken(response) {
  const { pathname } = new URL(response.url, location.href);
  if (!response.ok || !pathname.startsWith('/api/v1/auth/')) return response;
  if (pathname.endsWith('/logout')) ui.authActions.logout([SCHEME]);
  const token = response.body?.access_token ?? response.obj?.access_token;
  if (token) ui.preauthorizeApiKey(SCHEME, token);
  return response;
}
