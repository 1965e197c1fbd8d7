// Runs Ruff's WebAssembly build. Its standard input is {config, files, fix}; it prints what it
// finds, one finding a line. That build knows no files: what a file ignores is left out here.
const fs = require("fs");
const { Workspace, PositionEncoding } = require("@astral-sh/ruff-wasm-nodejs");

const { config, files, fix } = JSON.parse(fs.readFileSync(0, "utf8"));
const workspace = new Workspace(config, PositionEncoding.Utf32);
for (const file of files) {
	let text = fs.readFileSync(file, "utf8");
	try {
		const formatted = workspace.format(text);
		if (formatted !== text && fix) {
			fs.writeFileSync(file, formatted);
			text = formatted;
		} else if (formatted !== text) {
			console.log(`${file}: would be formatted differently`);
		}
	} catch (error) {
		console.log(`${file}: ${error}`);
		continue;
	}
	const ignored = config.lint["per-file-ignores"]?.[file] ?? [];
	for (const { code, message, start_location: at } of workspace.check(text)) {
		if (!ignored.includes(code)) {
			console.log(`${file}:${at.row}:${at.column}: ${code} ${message}`);
		}
	}
}
