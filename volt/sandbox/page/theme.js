// Before anything is drawn: the theme that was chosen here, or else the system's.
function setTheme(name) {
  localStorage.setItem("theme", name);
  document.documentElement.dataset.theme = name;
}

document.documentElement.dataset.theme = localStorage.getItem("theme") ?? "auto";
