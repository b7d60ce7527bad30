// Part of the DVC suite. See LICENSE file for full copyright and licensing details.
// Signs with node-signpdf: node sign.js in out key.p12 password mode (plain | lib), run where its packages are.
const fs = require('fs');
const {createRequire} = require('module');
const load = createRequire(process.cwd() + '/');
const {SignPdf} = load('@signpdf/signpdf');
const {P12Signer} = load('@signpdf/signer-p12');
const [input, output, key, passphrase, mode] = process.argv.slice(2);
const about = {reason: 'Ky so', contactInfo: 'a@b.invalid', name: 'Anh', location: 'Hue'};

async function prepared() {
    const data = fs.readFileSync(input);
    if (mode === 'plain') {
        return load('@signpdf/placeholder-plain').plainAddPlaceholder({pdfBuffer: data, ...about});
    }
    const {PDFDocument} = load('pdf-lib');
    const document = await PDFDocument.load(data);
    load('@signpdf/placeholder-pdf-lib').pdflibAddPlaceholder({pdfDoc: document, ...about});
    return Buffer.from(await document.save({useObjectStreams: mode !== 'lib'}));
}

prepared()
    .then((data) => new SignPdf().sign(data, new P12Signer(fs.readFileSync(key), {passphrase})))
    .then((signed) => fs.writeFileSync(output, signed));
