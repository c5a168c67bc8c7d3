import "@shared/tokens.css";
import "./style/base.css";
import "./style/call.css";
import "./style/people.css";
import "./style/tones.css";
import { mount } from "svelte";
import App from "./App.svelte";
import { prefs } from "./desk/prefs.svelte";
import { drawSprite } from "./kit/icons";
import { tongue } from "./words/words.svelte";

drawSprite(document.body);
await tongue.load(prefs.language);
mount(App, { target: document.getElementById("app") as HTMLElement });
