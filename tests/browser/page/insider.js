// Runs in the tested page before its own scripts: remembers what nobody but the members of a meeting may ever have.
() => {
  /** Keys from which all keys of sound and picture come. */
  const baseKeys = [];
  /** What was said within the group, as it is before it is encrypted. */
  const said = [];

  const { postMessage } = Worker.prototype;
  Worker.prototype.postMessage = function (message, ...rest) {
    if (message?.type === 'epoch') baseKeys.push([...message.baseKey]);
    return postMessage.call(this, message, ...rest);
  };

  const { encode } = TextEncoder.prototype;
  TextEncoder.prototype.encode = function (text) {
    if (/^\{"type":/.test(text)) said.push(text);
    return encode.call(this, text);
  };

  globalThis.insider = { baseKeys, said };
};
