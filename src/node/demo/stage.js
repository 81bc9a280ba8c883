// stage.js - comments that fly from right to left.

const kRows = 8;
const kMostAtOnce = 120;

const stage = document.getElementById('stage');
const hint = document.getElementById('stage-hint');
let row = 0;

/// The same colour for the same name, everywhere.
export function hueOf(name) {
  let hash = 7;
  for (const character of name) hash = (hash * 31 + character.codePointAt(0)) >>> 0;
  return (hash * 47) % 360;
}

/// Lets a text fly by, unless too many are on their way already.
export function fly(text, { name, own = false, small = false }) {
  hint.hidden = true;
  if (stage.childElementCount > kMostAtOnce) return;
  const comment = document.createElement('span');
  comment.className = `comment${own ? ' own' : ''}${small ? ' small' : ''}`;
  comment.textContent = text;
  comment.style.setProperty('--hue', hueOf(name));
  comment.style.top = `${4 + (row++ % kRows) * (92 / kRows)}%`;
  stage.append(comment);
  comment.style.setProperty('--way', `${stage.clientWidth + comment.offsetWidth + 10}px`);
  comment.style.setProperty('--seconds', `${6 + Math.random() * 4}s`);
  if (small) comment.style.animationDelay = `${Math.random() * 3}s`; // a flood comes all at once
  comment.addEventListener('animationend', () => comment.remove());
}
