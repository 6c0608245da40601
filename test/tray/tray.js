'use strict';
const list = document.getElementById('people');

void window.tray.badges().then((people) => {
  for (const person of people) {
    const item = document.createElement('li');
    const name = document.createElement('div');
    const strong = document.createElement('b');
    strong.textContent = person.name;
    const detail = document.createElement('small');
    detail.textContent = `${person.title}${person.pin ? ` · PIN ${person.pin}` : ''}`;
    name.append(strong, document.createElement('br'), detail);
    const tap = document.createElement('button');
    tap.textContent = 'Tap';
    tap.setAttribute('aria-label', `Tap the badge of ${person.name}`);
    tap.addEventListener('click', () => void window.tray.tap(person.uid));
    item.append(name, tap);
    list.append(item);
  }
});
