// Where the keyboard goes on in a form that asks for more than it did. (Autofocus looks for what is shown before the page is.)
document.querySelector("[data-go-on]")?.focus();
