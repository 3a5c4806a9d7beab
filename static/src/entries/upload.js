// [data-upload]: files go from the browser straight to S3. Attributes:
//   data-create-url data-sign-url data-list-url data-complete-url data-abort-url   see lib/multipart.js and lib/multipart_plugin.js
//   data-max-size (bytes)  data-max-files  data-types (".pdf,.mp4" or MIME types)  data-note (a sentence)
// After each file the event `files-changed` fires on the body, so that a list with
// `hx-get` and `hx-trigger="files-changed from:body"` loads itself anew; without such a list the page does.
import Uppy from "@uppy/core";
import Dashboard from "@uppy/dashboard";
import "@uppy/core/css/style.min.css";
import "@uppy/dashboard/css/style.min.css";
import { el, enhance, one } from "../lib/dom.js";
import { Expired, Offline } from "../lib/http.js";
import { MultipartPlugin } from "../lib/multipart_plugin.js";
import { toast } from "../lib/toast.js";
import { bytes, language, t } from "../lib/words.js";
import { UPPY_LOCALES } from "../words/uppy.js";


const theme = () => {
  const choice = document.documentElement.dataset.theme;
  return choice || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
};

function reason(error) {
  if (error instanceof Offline) return t("The connection was lost.");
  if (error instanceof Expired) return t("Your session has ended. Sign in again in another tab, then repeat this.");
  return error?.message || t("The file could not be sent.");
}

function refresh() {
  const list = one('[hx-trigger*="files-changed"]');
  if (!list) return location.reload();
  // htmx drops requests for a part that is being replaced, and hears no event before it is loaded.
  if (!window.htmx || list.classList.contains("htmx-request")) return setTimeout(refresh, 100);
  return document.body.dispatchEvent(new CustomEvent("files-changed"));
}

async function start(box) {
  const data = box.dataset;
  const locale = (await UPPY_LOCALES[language.code]?.())?.default;
  const limit = Number(data.maxSize) || null;
  const uppy = new Uppy({
    id: `upload-${box.id || "files"}`,
    locale,
    autoProceed: true,
    allowMultipleUploadBatches: true,
    restrictions: {
      maxFileSize: limit,
      minFileSize: 1,
      maxNumberOfFiles: Number(data.maxFiles) || null,
      allowedFileTypes: data.types ? data.types.split(",").map((type) => type.trim()) : null,
    },
  });
  uppy.use(Dashboard, {
    target: box,
    inline: true,
    width: "100%",
    height: 270,
    proudlyDisplayPoweredByUppy: false,
    showLinkToFileUploadResult: false,
    showRemoveButtonAfterComplete: false,
    doneButtonHandler: null,
    disableThumbnailGenerator: true,
    theme: theme(),
  });
  if (limit || data.note) box.after(el("p", { class: "hint" }, data.note || t("Up to %(size)s per file", { size: bytes(limit) })));
  uppy.use(MultipartPlugin, {
    routes: { create: data.createUrl, sign: data.signUrl, list: data.listUrl, complete: data.completeUrl, abort: data.abortUrl },
  });
  uppy.on("upload-error", (file, error) => {
    uppy.setFileState(file.id, { error: reason(error) });
    toast(t("%(name)s: %(reason)s", { name: file.name, reason: reason(error) }), "error");
    refresh(); // the list shows the upload that stopped, to go on with or to remove
  });
  // A toast names the file and stays until it is closed: the box's own messages name no file and fade.
  uppy.on("restriction-failed", (file, error) => {
    const text = file?.size === 0 ? t("The file is empty.") : error.message;
    toast(file ? t("%(name)s: %(reason)s", { name: file.name, reason: text }) : text, "error");
  });
  uppy.on("upload-success", refresh);
  uppy.on("complete", ({ successful }) => {
    // Files that have arrived leave the box: the list below shows them.
    setTimeout(() => successful.forEach((file) => uppy.getFile(file.id) && uppy.removeFile(file.id)), 1500);
  });
  document.addEventListener("theme", () => uppy.getPlugin("Dashboard")?.setOptions({ theme: theme() }));
  addEventListener("beforeunload", (event) => {
    if (uppy.getFiles().some((file) => file.progress.uploadStarted && !file.progress.uploadComplete && !file.error)) {
      event.preventDefault();
      event.returnValue = ""; // older browsers ask only when this is set
    }
  });
}

enhance("[data-upload]", start);
