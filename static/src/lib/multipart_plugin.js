// An Uppy uploader that sends files one after the other as multipart uploads; see multipart.js for the steps.
// `routes` has the address of each step; {key} and {uploadId} in it are filled in.
import { BasePlugin, EventManager } from "@uppy/core";
import { send } from "./http.js";
import { MultipartUpload } from "./multipart.js";
import { t } from "./words.js";

/** PUT with progress, which fetch does not report. Resolves to the part's ETag. */
function put(url, blob, headers, onProgress, signal) {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    const stop = () => request.abort();
    const fail = (message, status) => reject(Object.assign(new Error(message), { status }));
    request.open("PUT", url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => onProgress(event.loaded);
    request.onload = () => {
      signal.removeEventListener("abort", stop);
      const etag = request.getResponseHeader("ETag");
      if (request.status >= 200 && request.status < 300 && etag) resolve(etag);
      else fail(`HTTP ${request.status}`, request.status);
    };
    request.onerror = () => fail(t("The connection was lost."), 0);
    request.onabort = () => reject(new DOMException("aborted", "AbortError"));
    signal.addEventListener("abort", stop, { once: true });
    request.send(blob);
  });
}

function serverOf(routes) {
  const step = (name) => (body, signal) => {
    const { key = "", uploadId = "" } = body;
    const url = routes[name].replaceAll("{key}", encodeURIComponent(key)).replaceAll("{uploadId}", encodeURIComponent(uploadId));
    return send(url, { body, signal });
  };
  return Object.fromEntries(Object.keys(routes).map((name) => [name, step(name)]));
}

export class MultipartPlugin extends BasePlugin {
  constructor(uppy, options) {
    super(uppy, options);
    this.type = "uploader";
    this.id = "Multipart";
    this.upload = this.upload.bind(this);
  }

  install() {
    const { capabilities } = this.uppy.getState();
    this.uppy.setState({ capabilities: { ...capabilities, resumableUploads: true } });
    this.uppy.addUploader(this.upload);
  }

  uninstall() {
    this.uppy.removeUploader(this.upload);
  }

  async upload(ids) {
    const files = ids.map((id) => this.uppy.getFile(id)).filter((file) => file && !file.error);
    this.uppy.emit("upload-start", files);
    for (const file of files) if (this.uppy.getFile(file.id)) await this.uploadFile(file);
  }

  uploadFile(file) {
    const { routes } = this.opts;
    const uploadStarted = Date.now();
    const upload = new MultipartUpload(file, {
      scope: routes.create, server: serverOf(routes), put,
      onProgress: (bytesUploaded) => this.uppy.emit("upload-progress", this.uppy.getFile(file.id) || file, {
        uploadStarted, bytesUploaded, bytesTotal: file.size,
      }),
    });
    const events = new EventManager(this.uppy);
    return new Promise((resolve) => {
      let controller;
      const stop = () => controller?.abort();
      const end = () => {
        events.remove();
        resolve();
      };
      const cancel = () => {
        stop();
        upload.abandon();
        end();
      };
      const start = async () => {
        controller = new AbortController();
        const { signal } = controller;
        try {
          const body = await upload.run(signal);
          if (signal.aborted) return;
          this.uppy.emit("upload-success", this.uppy.getFile(file.id), { status: 200, body, uploadURL: "" });
          end();
        } catch (error) {
          if (error.name === "AbortError" || signal.aborted) return; // paused, or cancelled by the person
          stop(); // the other parts under way
          this.uppy.emit("upload-error", this.uppy.getFile(file.id), error);
          end();
        }
      };
      events.onFileRemove(file.id, cancel);
      events.onCancelAll(file.id, cancel);
      events.onFilePause(file.id, (paused) => (paused ? stop() : start()));
      events.onPauseAll(file.id, stop);
      events.onResumeAll(file.id, start);
      start();
    });
  }
}
