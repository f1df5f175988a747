// The dashboard's client script: each part listens on the document, so that a page may be renewed under it.
document.documentElement.classList.add('scripted');
