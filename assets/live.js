// What scripts add to pages that work without them: numbers follow the journal, a lost line is
// said, and a file can be dropped.
(function () {
	"use strict";

	var LEAST_MS = 2000; // between two looks, whatever happens
	var strip = document.getElementById("live");
	var due = false, busy = false, last = 0;

	function say(words, lost) {
		if (!strip) return;
		strip.hidden = false;
		strip.textContent = words;
		strip.classList.toggle("lp-strip__fact--lost", lost);
	}

	function clock() {
		return new Date().toISOString().slice(11, 16) + " UTC";
	}

	// Only what differs is put in, and nothing that somebody is just at.
	function put(page) {
		document.querySelectorAll("[data-live]").forEach(function (now) {
			var next = page.querySelector('[data-live="' + now.getAttribute("data-live") + '"]');
			if (!next || now.contains(document.activeElement) || now.querySelector("input:checked") || now.innerHTML === next.innerHTML) return;
			now.innerHTML = next.innerHTML;
		});
	}

	function look() {
		due = false;
		busy = true;
		last = Date.now();
		fetch(location.href, { headers: { Accept: "text/html" }, credentials: "same-origin" })
			.then(function (answer) {
				if (answer.redirected || !answer.ok) throw new Error("signed out, or too much is going on");
				return answer.text();
			})
			.then(function (text) {
				put(new DOMParser().parseFromString(text, "text/html"));
				say("live", false);
			})
			.catch(function () {
				say("not updated since " + clock(), true);
			})
			.finally(function () {
				busy = false;
				if (due) later();
			});
	}

	function later() {
		due = true;
		if (!busy) setTimeout(function () { if (due && !busy) look(); }, Math.max(0, last + LEAST_MS - Date.now()));
	}

	function follow() {
		var line = new EventSource("/live"), was = null;
		line.addEventListener("head", function (event) {
			if (was !== null && was !== event.data) later();
			was = event.data;
			say("live", false);
		});
		line.onerror = function () {
			say("line lost at " + clock() + ", trying again", true);
			// A server that answers with an error ends it for good: then we begin anew.
			if (line.readyState === EventSource.CLOSED) setTimeout(follow, 5000);
		};
		line.onopen = function () {
			if (was !== null) later();
		};
	}

	function drop(place) {
		var field = place.querySelector("input[type=file]");
		function over(on) {
			return function (event) {
				event.preventDefault();
				place.classList.toggle("lp-drop--over", on);
			};
		}
		place.addEventListener("dragover", over(true));
		place.addEventListener("dragleave", over(false));
		place.addEventListener("drop", function (event) {
			over(false)(event);
			field.files = event.dataTransfer.files;
		});
	}

	document.querySelectorAll(".lp-drop").forEach(drop);
	if (strip && window.EventSource) follow();
	var summary = document.querySelector(".nhsuk-error-summary");
	if (summary) summary.focus();
})();
