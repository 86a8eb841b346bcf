"use strict";
// What the pages share: asking the camera for something, and saying what came of it.
const Page = (() => {
  const csrf = document.querySelector('meta[name="csrf"]').content;
  const toast = document.getElementById("toast");
  let hiding = 0;

  function say(message, ok = true) {
    toast.textContent = message;
    toast.className = ok ? "" : "bad";
    toast.hidden = false;
    clearTimeout(hiding);
    hiding = setTimeout(() => { toast.hidden = true; }, ok ? 6000 : 15000);
  }

  // Ask a person before something that matters; resolves to true or false.
  function ask(words, yes) {
    const dialog = document.getElementById("ask");
    document.getElementById("ask-words").textContent = words;
    document.getElementById("ask-yes").textContent = yes;
    dialog.showModal();
    return new Promise((resolve) => {
      // One answer to each question: what is left of an earlier one is replaced.
      dialog.querySelector("form").onsubmit = (event) => resolve(event.submitter.value === "yes");
      dialog.oncancel = () => resolve(false);
    });
  }

  // Send something in the name of whoever is signed in; resolves to whether it was done.
  async function send(address, data) {
    let answer;
    try {
      const response = await fetch(address, {
        method: "POST",
        headers: { "content-type": "application/json", "x-csrf-token": csrf },
        body: JSON.stringify(data),
      });
      if (response.status === 401) {
        location.reload();
        return false;
      }
      answer = await response.json();
    } catch {
      say("The camera does not answer. Nothing was done, as far as this page knows.", false);
      return false;
    }
    say(answer.message, answer.ok);
    return answer.ok;
  }

  const read = (id) => JSON.parse(document.getElementById(id).textContent);
  return { say, ask, send, read };
})();
