import { render } from "preact";

const host = document.createElement("div");
document.body.append(host);
render(<main />, host.attachShadow({ mode: "open" }));
