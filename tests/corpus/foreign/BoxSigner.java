// Part of the DVC suite. See LICENSE file for full copyright and licensing details.
// Signs with Apache PDFBox: java -cp … BoxSigner.java in out key.p12 password mode (plain | certified | visible | second)
import java.io.*;
import java.nio.file.*;
import java.security.*;
import java.security.cert.*;
import java.util.*;
import org.apache.pdfbox.cos.*;
import org.apache.pdfbox.pdmodel.*;
import org.apache.pdfbox.pdmodel.interactive.digitalsignature.*;
import org.bouncycastle.cert.jcajce.*;
import org.bouncycastle.cms.*;
import org.bouncycastle.cms.jcajce.*;
import org.bouncycastle.operator.*;
import org.bouncycastle.operator.jcajce.*;

public class BoxSigner {
    public static void main(String[] a) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(new FileInputStream(a[2]), a[3].toCharArray());
        String alias = store.aliases().nextElement();
        PrivateKey key = (PrivateKey) store.getKey(alias, a[3].toCharArray());
        java.security.cert.Certificate[] chain = store.getCertificateChain(alias);
        PDDocument document = PDDocument.load(new File(a[0]));
        PDSignature signature = new PDSignature();
        signature.setFilter(PDSignature.FILTER_ADOBE_PPKLITE);
        signature.setSubFilter(PDSignature.SUBFILTER_ADBE_PKCS7_DETACHED);
        signature.setName("Nguyễn Thị Ánh");
        signature.setReason("Ký số");
        signature.setSignDate(Calendar.getInstance());
        if (a[4].equals("certified")) certify(document, signature);
        SignatureInterface sign = content -> {
            try {
                CMSSignedDataGenerator generator = new CMSSignedDataGenerator();
                ContentSigner signer = new JcaContentSignerBuilder("SHA256WithRSA").build(key);
                generator.addSignerInfoGenerator(new JcaSignerInfoGeneratorBuilder(
                    new JcaDigestCalculatorProviderBuilder().build()).build(signer, (X509Certificate) chain[0]));
                generator.addCertificates(new JcaCertStore(Arrays.asList(chain)));
                return generator.generate(new CMSProcessableByteArray(content.readAllBytes()), false).getEncoded();
            } catch (Exception error) { throw new IOException(error); }
        };
        if (a[4].equals("external")) {
            document.addSignature(signature);
            try (OutputStream out = new FileOutputStream(a[1])) {
                ExternalSigningSupport support = document.saveIncrementalForExternalSigning(out);
                support.setSignature(sign.sign(support.getContent()));
            }
            return;
        }
        document.addSignature(signature, sign);
        try (OutputStream out = new FileOutputStream(a[1])) { document.saveIncremental(out); }
    }

    static void certify(PDDocument document, PDSignature signature) {
        COSDictionary parameters = new COSDictionary();
        parameters.setItem(COSName.TYPE, COSName.getPDFName("TransformParams"));
        parameters.setInt(COSName.P, 2);
        parameters.setName(COSName.V, "1.2");
        parameters.setNeedToBeUpdated(true);
        COSDictionary reference = new COSDictionary();
        reference.setItem(COSName.TYPE, COSName.getPDFName("SigRef"));
        reference.setItem("TransformMethod", COSName.getPDFName("DocMDP"));
        reference.setItem("DigestMethod", COSName.getPDFName("SHA1"));
        reference.setItem("TransformParams", parameters);
        reference.setNeedToBeUpdated(true);
        COSArray references = new COSArray();
        references.add(reference);
        references.setNeedToBeUpdated(true);
        signature.getCOSObject().setItem("Reference", references);
        COSDictionary catalog = document.getDocumentCatalog().getCOSObject();
        COSDictionary permissions = new COSDictionary();
        permissions.setItem("DocMDP", signature);
        permissions.setNeedToBeUpdated(true);
        catalog.setItem("Perms", permissions);
        catalog.setNeedToBeUpdated(true);
    }
}
