// Every file of a build in one script, for pages that may not fetch: a page opened as a file, and a frame without an
// origin on a server that lets no other origin read its files. Such a page may still run scripts of the site.
//
// Promises: a file is decoded when it is asked for, and never before; the worker gets its files from the page. Leaves
// out: which page needs it (www/start.js). `quorum-dist` fills in what stands between at signs: the files, compressed
// with gzip and in base64, by name; and the program's glue as a function of what a module would call `import.meta`.
window.quorumFiles = (function () {
  "use strict";
  var PACKED = "@packed@";
  function glue(meta) {
    "use strict";
    "@glue@";
  }

  // A name as the page and the glue write it, from the page's own address.
  function packed(name) {
    name = name.replace(/^\.\//, "").replace(/[?#].*$/, "");
    return Object.prototype.hasOwnProperty.call(PACKED, name) ? PACKED[name] : null;
  }

  function bytes(name) {
    var text = packed(name);
    if (text === null) return Promise.reject(new Error(name + " is not part of this page"));
    var binary = atob(text);
    var zipped = new Uint8Array(binary.length);
    for (var i = 0; i < binary.length; i++) zipped[i] = binary.charCodeAt(i);
    var stream = new Blob([zipped]).stream().pipeThrough(new DecompressionStream("gzip"));
    return new Response(stream).arrayBuffer();
  }

  function answer(name) {
    return bytes(name).then(function (bytes) { return new Response(bytes); });
  }

  // Where a worker asks for its files.
  function port() {
    var channel = new MessageChannel();
    channel.port1.onmessage = function (event) {
      var name = event.data;
      bytes(name).then(function (bytes) {
        channel.port1.postMessage({ name: name, bytes: bytes }, [bytes]);
      }, function () {
        channel.port1.postMessage({ name: name, bytes: null });
      });
    };
    return channel.port2;
  }

  // Documents beside the page, which have no address of their own here.
  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("a[href]");
    var name = link && link.getAttribute("href");
    if (!name || !/^[\w.-]+\.(md|html)$/.test(name) || packed(name) === null) return;
    event.preventDefault();
    var type = /html$/.test(name) ? "text/html" : "text/plain";
    // The tab has to be opened within the click.
    var tab = window.open("", "_blank");
    bytes(name).then(function (bytes) {
      var at = URL.createObjectURL(new Blob([bytes], { type: type + ";charset=utf-8" }));
      if (tab) tab.location.replace(at);
    });
  });

  return {
    answer: answer,
    glue: glue,
    port: port,
    // What the worker's script begins with.
    script: "self.quorumGlue = " + glue + ";\n",
  };
})();
