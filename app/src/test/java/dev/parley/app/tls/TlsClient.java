package dev.parley.app.tls;

import dev.parley.model.CertificateFiles;
import dev.parley.model.FileName;
import dev.parley.model.certificate.CertificateChain;
import dev.parley.model.certificate.Certificates;
import dev.parley.testkit.Bounds;
import dev.parley.testkit.Pki;
import dev.parley.testkit.RawClient;
import dev.parley.testkit.Reply;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SNIHostName;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;
import org.jspecify.annotations.Nullable;

/** A client of Java's own TLS: trusts one authority, asks for a name, may show a certificate. */
final class TlsClient {
    private final SSLContext context;
    private final String serverName;
    private final String[] versions;
    private final String[] protocols;

    private TlsClient(SSLContext context, String serverName, String[] versions, String[] protocols) {
        this.context = context;
        this.serverName = serverName;
        this.versions = versions;
        this.protocols = protocols;
    }

    static TlsClient trusting(Pki pki) throws Exception {
        return new TlsClient(
                context(pki, null), "localhost", new String[] {"TLSv1.3", "TLSv1.2"}, new String[] {"http/1.1"});
    }

    static TlsClient showing(Pki trusted, Pki.Issued certificate) throws Exception {
        return new TlsClient(
                context(trusted, certificate), "localhost", new String[] {"TLSv1.3"}, new String[] {"http/1.1"});
    }

    TlsClient asking(String name) {
        return new TlsClient(context, name, versions, protocols);
    }

    TlsClient speaking(String version) {
        return new TlsClient(context, serverName, new String[] {version}, protocols);
    }

    TlsClient offering(String... alpn) {
        return new TlsClient(context, serverName, versions, alpn);
    }

    static SSLContext context(Pki trusted, Pki.@Nullable Issued certificate) throws Exception {
        KeyStore authorities = KeyStore.getInstance("PKCS12");
        authorities.load(null, null);
        for (X509Certificate each :
                Certificates.read(List.of(new FileName(trusted.ca().toString())))) {
            authorities.setCertificateEntry("ca", each);
        }
        TrustManagerFactory trust = TrustManagerFactory.getInstance("PKIX");
        trust.init(authorities);
        KeyManagerFactory keys = KeyManagerFactory.getInstance("PKIX");
        KeyStore own = KeyStore.getInstance("PKCS12");
        own.load(null, null);
        char[] password = {};
        if (certificate != null) {
            CertificateChain chain = CertificateChain.read(new CertificateFiles(
                    new FileName(certificate.certificate().toString()),
                    new FileName(certificate.key().toString())));
            own.setKeyEntry("own", chain.key(), password, chain.certificates().toArray(new Certificate[0]));
        }
        keys.init(own, password);
        SSLContext context = SSLContext.getInstance("TLS");
        context.init(keys.getKeyManagers(), trust.getTrustManagers(), null);
        return context;
    }

    /** A socket whose handshake is done. */
    SSLSocket socket(int port) throws IOException {
        Socket plain = new Socket(InetAddress.getLoopbackAddress(), port);
        plain.setSoTimeout(Math.toIntExact(Bounds.WAIT.toMillis()));
        plain.setTcpNoDelay(true);
        SSLSocket socket = (SSLSocket) context.getSocketFactory().createSocket(plain, serverName, port, true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setServerNames(List.of(new SNIHostName(serverName)));
        parameters.setProtocols(versions);
        parameters.setApplicationProtocols(protocols);
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        try {
            socket.startHandshake();
            return socket;
        } catch (IOException failed) {
            socket.close();
            throw failed;
        }
    }

    RawClient connect(int port) throws IOException {
        return RawClient.over(socket(port));
    }

    /** One GET over a connection of its own. */
    Reply get(int port, String path) throws IOException {
        try (RawClient client = connect(port)) {
            return client.send("GET %s HTTP/1.1\r\nHost: %s\r\n\r\n".formatted(path, serverName))
                    .readReply();
        }
    }
}
