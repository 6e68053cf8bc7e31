/** Sends what a page's work came to, or how it failed, to the server of the page. */
export const report = (work) =>
  work()
    .then((value) => ({ value }))
    .catch((error) => ({ error: String(error) }))
    .then((result) => fetch(`/report${location.search}`, { method: "POST", body: JSON.stringify(result) }));
