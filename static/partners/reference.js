"use strict";

{
  const target = document.getElementById("reference");
  window.SwaggerUIBundle({
    domNode: target,
    url: target.dataset.schema,
    deepLinking: true,
    filter: false,
    defaultModelsExpandDepth: 0,
    persistAuthorization: false,
    validatorUrl: null,
    withCredentials: true,
    // A signed-in person's changes need the CSRF token, as on any page.
    requestInterceptor: (request) => {
      const token = document.cookie.match(/(?:^|; )csrftoken=([^;]+)/);
      if (token && !request.headers.Authorization) {
        request.headers["X-CSRFToken"] = token[1];
      }
      return request;
    },
  });
}
