// The worker's first lines. The page sends the address of the glue and the module it has compiled already.
onmessage = ({ data: { glue, module } }) => {
  onmessage = null;
  // A rejected promise would stay in here; a reported error reaches the page.
  import(glue).then((program) => program.initSync({ module })).catch(reportError);
};
