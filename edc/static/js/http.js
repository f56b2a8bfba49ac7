// Posting to our own server, with the token that it asks of every write.

export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

export function post(url, body, options = {}) {
  return fetch(url, {
    method: "POST",
    body,
    credentials: "same-origin",
    redirect: "error",
    headers: { "X-CSRFToken": csrfToken(), "X-Requested-With": "fetch", Accept: "application/json" },
    ...options,
  });
}
