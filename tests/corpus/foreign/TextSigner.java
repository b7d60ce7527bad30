// Part of the DVC suite. See LICENSE file for full copyright and licensing details.
// Signs with iText 5: java -cp … TextSigner.java in out key.p12 password mode (cms | pades | visible | certified | append)
import com.itextpdf.text.Rectangle;
import com.itextpdf.text.pdf.*;
import com.itextpdf.text.pdf.security.*;
import java.io.*;
import java.security.*;
import org.bouncycastle.jce.provider.BouncyCastleProvider;

public class TextSigner {
    public static void main(String[] a) throws Exception {
        Security.addProvider(new BouncyCastleProvider());
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(new FileInputStream(a[2]), a[3].toCharArray());
        String alias = store.aliases().nextElement();
        PrivateKey key = (PrivateKey) store.getKey(alias, a[3].toCharArray());
        PdfReader reader = new PdfReader(a[0]);
        boolean append = a[4].startsWith("append") || reader.getAcroFields().getSignatureNames().size() > 0;
        PdfStamper stamper = PdfStamper.createSignature(reader, new FileOutputStream(a[1]), '\0', null, append);
        PdfSignatureAppearance look = stamper.getSignatureAppearance();
        look.setReason("Ky so");
        look.setLocation("Hue");
        String name = "Sig" + System.nanoTime();
        if (a[4].contains("visible")) look.setVisibleSignature(new Rectangle(50, 50, 200, 100), 1, name);
        if (a[4].contains("certified")) look.setCertificationLevel(PdfSignatureAppearance.CERTIFIED_FORM_FILLING);
        MakeSignature.signDetached(look, new BouncyCastleDigest(),
            new PrivateKeySignature(key, DigestAlgorithms.SHA256, "BC"), store.getCertificateChain(alias),
            null, null, null, 0, a[4].contains("pades") ? MakeSignature.CryptoStandard.CADES : MakeSignature.CryptoStandard.CMS);
    }
}
