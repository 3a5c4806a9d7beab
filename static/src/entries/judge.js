// form[data-judge] and [data-desk]: read and score an entry, by keyboard from the first key.
import { all, one } from "../lib/dom.js";
import { Desk } from "../lib/desk.js";
import { ScoreKeys } from "../lib/score_keys.js";
import { Sender } from "../lib/sender.js";
import { Sheet } from "../lib/sheet.js";
import "./autosave.js"; // before Sender: a save on its way ends before its form is sent

const desk = one("[data-desk]");
const reading = desk && new Desk(desk);
for (const form of all("form[data-judge]")) {
  new ScoreKeys(new Sheet(form), reading);
  new Sender(form);
}
