// Written by `./run messages` from competition/kernel/text/languages.py.
export const UPPY_LOCALES = {
  zh: () => import("@uppy/locales/lib/zh_CN.js"),
  ko: () => import("@uppy/locales/lib/ko_KR.js"),
};
