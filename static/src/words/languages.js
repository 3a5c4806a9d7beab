// Written by `./run messages` from competition/kernel/text/languages.py.
import ko from "./ko.json" with { type: "json" };
import zh from "./zh.json" with { type: "json" };

export const LANGUAGES = [
  { code: "en", tag: "en", locale: "en-GB", shortDate: "d MMM", dateTimeGap: ", ", breaksWords: false, words: {} },
  { code: "zh", tag: "zh-Hans", locale: "zh-CN", shortDate: "M月d日", dateTimeGap: " ", breaksWords: true, words: zh },
  { code: "ko", tag: "ko", locale: "ko-KR", shortDate: "M월 d일", dateTimeGap: " ", breaksWords: false, words: ko },
];
