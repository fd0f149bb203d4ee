// SPDX-License-Identifier: MIT
"use strict";

const side = 28;
const element = id => document.getElementById(id);
const canvas = element("canvas"), pen = canvas.getContext("2d");
const small = new OffscreenCanvas(side, side).getContext("2d", {willReadFrequently: true});
let rows = [];

function say(text) { element("class").textContent = text; }

// pixels returns the drawing as the net wants it: 28x28 of one byte.
function pixels() {
	small.imageSmoothingQuality = "high";
	small.drawImage(canvas, 0, 0, side, side);
	const rgba = small.getImageData(0, 0, side, side).data;
	return Uint8Array.from({length: side * side}, (_, i) => rgba[4 * i]);
}

// show asks the net about pixels, and draws the bars.
function show(picture) {
	const p = classify(picture);
	if (p instanceof Error) return say(p.message);
	const best = p.indexOf(Math.max(...p));
	say(classes[best]);
	rows.forEach((row, i) => {
		row.classList.toggle("best", i === best);
		row.querySelector(".bar").style.width = `${100 * p[i]}%`;
		row.lastChild.textContent = `${(100 * p[i]).toFixed(1)} %`;
	});
}

function clear() {
	pen.fillStyle = "#000";
	pen.fillRect(0, 0, canvas.width, canvas.height);
}

// choose puts a test picture into the drawing. The net gets the picture's own pixels.
async function choose(path) {
	const image = new Image();
	image.src = `pictures/${path}`;
	await image.decode();
	pen.imageSmoothingEnabled = false;
	pen.drawImage(image, 0, 0, canvas.width, canvas.height);
	small.drawImage(image, 0, 0);
	const rgba = small.getImageData(0, 0, side, side).data;
	show(Uint8Array.from({length: side * side}, (_, i) => rgba[4 * i]));
}

let last = null;
function place(e) {
	const box = canvas.getBoundingClientRect();
	return [(e.clientX - box.left) / box.width * canvas.width, (e.clientY - box.top) / box.height * canvas.height];
}
function stroke(e) {
	const to = place(e);
	pen.strokeStyle = element("shade").value;
	pen.lineWidth = element("size").value;
	pen.lineCap = "round";
	pen.beginPath();
	pen.moveTo(...last);
	pen.lineTo(...to);
	pen.stroke();
	last = to;
	show(pixels());
}

// ready is called by the net, once it is there.
async function ready() {
	rows = classes.map(name => {
		const row = element("bars").insertRow();
		row.innerHTML = `<th scope="row">${name}</th><td><div class="bar" style="width: 0"></div></td><td></td>`;
		return row;
	});
	canvas.onpointerdown = e => { canvas.setPointerCapture(e.pointerId); last = place(e); stroke(e); };
	canvas.onpointermove = e => { if (last) stroke(e); };
	canvas.onpointerup = canvas.onpointercancel = () => { last = null; };
	element("clear").onclick = () => { clear(); say("draw something"); };
	const paths = await (await fetch("pictures.json")).json();
	for (const path of paths) {
		const button = document.createElement("button");
		button.title = path.split("/")[0];
		button.innerHTML = `<img src="pictures/${path}" alt="${button.title}">`;
		button.onclick = () => { location.hash = path; };
		element("pictures").append(button);
	}
	onhashchange = () => choose(location.hash.slice(1) || paths[0]).catch(e => say(e.message));
	onhashchange();
}

clear();
const go = new Go();
WebAssembly.instantiateStreaming(fetch("built/net.wasm"), go.importObject)
	.then(net => go.run(net.instance))
	.catch(e => say(`The net could not be loaded: ${e.message}`));
