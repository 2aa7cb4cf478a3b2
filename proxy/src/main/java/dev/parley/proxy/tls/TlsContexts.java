package dev.parley.proxy.tls;

import dev.parley.model.ListenerTls;
import dev.parley.model.ListenerTls.ClientCertificate;
import dev.parley.model.ServiceTls;
import dev.parley.model.certificate.CertificateChain;
import dev.parley.model.certificate.Certificates;
import dev.parley.model.certificate.UnusableCertificateException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.security.cert.CertificateEncodingException;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * All that is made of certificates, for as long as the configuration and the files stay the same: a change that does not
 * concern them keeps contexts, and with them the sessions that can be resumed. Files are read here, once a change.
 */
public final class TlsContexts implements AutoCloseable {
    private static final long LOOK_HOURS = 1;

    private final TicketKeys tickets;
    private final boolean nativeEngine;
    private final CertificateWatch watch = new CertificateWatch();
    private final Map<String, ServerTls> servers = new HashMap<>();
    private final Map<String, ClientTls> clients = new HashMap<>();
    private final Map<String, List<CertificateWatch.Watched>> certificates = new HashMap<>();
    private @Nullable ScheduledExecutorService clock;

    public TlsContexts() {
        nativeEngine = TlsContext.nativeEngine();
        tickets = new TicketKeys();
    }

    /**
     * TLS of a listener, as its files are now.
     *
     * @param protocols what is offered by ALPN
     * @throws IllegalArgumentException where a file is of no use, with what to do about it
     */
    public synchronized ServerTls server(String listener, ListenerTls settings, List<String> protocols) {
        List<CertificateChain> chains = new ArrayList<>();
        List<X509Certificate> authorities;
        try {
            for (var files : settings.certificates()) {
                chains.add(CertificateChain.read(files));
            }
            authorities = Certificates.read(settings.clientCa());
        } catch (UnusableCertificateException unusable) {
            throw new IllegalArgumentException("Listener " + listener + ": " + unusable.getMessage(), unusable);
        }
        String key = digest("listener " + listener + settings + protocols, chains, authorities);
        certificates.put(key, watched("listener", listener, chains));
        return servers.computeIfAbsent(key, absent -> {
            PeerVerifier verifier =
                    settings.client() == ClientCertificate.OFF ? null : PeerVerifier.of(authorities, false);
            // Sessions are resumed where the same is asked of clients; a new certificate of ours ends none of them.
            byte[] scope =
                    HexFormat.of().parseHex(digest("listener " + listener + settings.client(), List.of(), authorities));
            return new ServerTls(
                    settings,
                    protocols,
                    chains,
                    chain -> context(new ContextSettings(
                            true, chain, settings.minVersion(), protocols, settings.client(), verifier, scope)));
        });
    }

    /**
     * TLS to the endpoints of a service, as its files are now.
     *
     * @throws IllegalArgumentException where a file is of no use, with what to do about it
     */
    public synchronized ClientTls client(String service, ServiceTls settings) {
        Optional<CertificateChain> chain;
        List<X509Certificate> authorities;
        try {
            chain = settings.certificate().isPresent()
                    ? Optional.of(CertificateChain.read(settings.certificate().get()))
                    : Optional.empty();
            authorities = Certificates.read(settings.ca());
        } catch (UnusableCertificateException unusable) {
            throw new IllegalArgumentException("Service " + service + ": " + unusable.getMessage(), unusable);
        }
        String key = digest("service " + service + settings, chain.stream().toList(), authorities);
        certificates.put(key, watched("service", service, chain.stream().toList()));
        return clients.computeIfAbsent(key, absent -> {
            PeerVerifier verifier =
                    settings.verify() == ServiceTls.Verify.OFF ? null : PeerVerifier.of(authorities, true);
            HealthTls health = new HealthTls(
                    settings,
                    of(settings, chain.orElse(null), List.of(), verifier),
                    of(settings, chain.orElse(null), List.of(Alpn.H2), verifier));
            return new ClientTls(
                    settings, health, protocols -> context(of(settings, chain.orElse(null), protocols, verifier)));
        });
    }

    private static ContextSettings of(
            ServiceTls settings,
            @Nullable CertificateChain chain,
            List<String> protocols,
            @Nullable PeerVerifier verifier) {
        return new ContextSettings(
                false, chain, settings.minVersion(), protocols, ClientCertificate.OFF, verifier, new byte[0]);
    }

    private TlsContext context(ContextSettings settings) {
        if (!nativeEngine) {
            return new JdkContext(settings);
        }
        NativeContext context = new NativeContext(settings);
        if (settings.server()) {
            tickets.give(context);
        }
        return context;
    }

    /** Lets go of what is not among these. No loop may be in the middle of anything with what goes. */
    public synchronized void retain(Set<ServerTls> serving, Set<ClientTls> connecting) {
        servers.entrySet().removeIf(each -> {
            boolean gone = !serving.contains(each.getValue());
            if (gone) {
                certificates.remove(each.getKey());
                each.getValue().contexts().forEach(this::release);
            }
            return gone;
        });
        clients.entrySet().removeIf(each -> {
            boolean gone = !connecting.contains(each.getValue());
            if (gone) {
                certificates.remove(each.getKey());
                each.getValue().release();
            }
            return gone;
        });
        watch.of(certificates.values().stream().flatMap(List::stream).toList());
        if (clock == null && !(servers.isEmpty() && clients.isEmpty())) {
            clock = startClock();
        }
    }

    private void release(TlsContext context) {
        if (context instanceof NativeContext ours) {
            tickets.forget(ours);
        }
        context.release();
    }

    private ScheduledExecutorService startClock() {
        ScheduledExecutorService made = Executors.newSingleThreadScheduledExecutor(
                Thread.ofPlatform().name("parley-tls").daemon().factory());
        var _ = made.scheduleWithFixedDelay(tickets::rotate, TicketKeys.HOURS, TicketKeys.HOURS, TimeUnit.HOURS);
        var _ = made.scheduleWithFixedDelay(watch::look, LOOK_HOURS, LOOK_HOURS, TimeUnit.HOURS);
        return made;
    }

    /** The certificates that are in use, and how they stand. */
    public CertificateWatch certificates() {
        return watch;
    }

    /** Has tickets encrypted with a new key; it happens by itself too. */
    public void rotateTicketKeys() {
        tickets.rotate();
    }

    private static List<CertificateWatch.Watched> watched(String kind, String name, List<CertificateChain> chains) {
        return chains.stream()
                .map(chain -> new CertificateWatch.Watched(kind, name, chain))
                .toList();
    }

    private static String digest(String text, List<CertificateChain> chains, List<X509Certificate> authorities) {
        try {
            MessageDigest digest = MessageDigest.getInstance("SHA-256");
            digest.update(text.getBytes(StandardCharsets.UTF_8));
            for (CertificateChain chain : chains) {
                digest.update(chain.pkcs8());
                for (X509Certificate each : chain.certificates()) {
                    digest.update(each.getEncoded());
                }
            }
            for (X509Certificate each : authorities) {
                digest.update(each.getEncoded());
            }
            return HexFormat.of().formatHex(digest.digest());
        } catch (NoSuchAlgorithmException | CertificateEncodingException impossible) {
            throw new IllegalStateException("Every Java has SHA-256, and what was parsed can be encoded.", impossible);
        }
    }

    @Override
    public synchronized void close() {
        if (clock != null) {
            clock.shutdownNow();
        }
    }
}
