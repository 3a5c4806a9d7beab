// Pages of a judge besides the scoring screen: send what waits for a connection, and say what does.
import { Sender } from "../lib/sender.js";

new Sender();
