// form[data-autosave-url]: the whole form is saved as it is typed; see lib/autosave.js.
import { Autosave } from "../lib/autosave.js";
import { enhance } from "../lib/dom.js";

enhance("form[data-autosave-url]", (form) => {
  form.autosave = new Autosave(form);
});
