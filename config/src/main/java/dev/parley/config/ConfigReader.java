package dev.parley.config;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Reads a configuration: files, to trees, to one merged tree, to records of the model, to checks across them. Each step
 * notes all the problems that it can see and hands on what is left, so that a user mends everything in one go.
 *
 * <p>A reader may be used by several threads; it keeps nothing between two readings.
 */
public final class ConfigReader {
    private ConfigReader() {}

    public static ConfigReader create() {
        return new ConfigReader();
    }

    /**
     * What came of reading, with what a watcher wants to know.
     *
     * @param references the files that it names, as far as it could be read
     * @param digest of names and contents of all files
     */
    record Reading(Loaded loaded, References references, String digest) {}

    /** Reads a file, or the files directly in a folder, whose maps are joined by name. */
    public Loaded read(Path fileOrFolder) {
        Findings findings = new Findings();
        return load(Sources.read(fileOrFolder, findings), findings).loaded();
    }

    /** Reads a text, which messages speak of by the name that is given. */
    public Loaded readText(String name, String text) {
        return load(Sources.text(name, text), new Findings()).loaded();
    }

    /** Goes on from files that have been read; what was in the way of reading them is in the findings. */
    Reading load(Sources sources, Findings findings) {
        boolean allRead = findings.count() == 0;
        List<Yaml> trees = new ArrayList<>();
        for (Source source : sources.sources()) {
            YamlTree.read(source, findings).ifPresent(trees::add);
        }
        Draft draft = Draft.of(trees, new Vocabulary(), findings);
        Findings warnings = new Findings();
        References references = References.of(draft.configuration());
        // Before they are looked into: what changes meanwhile is a change to come.
        String digest = sources.digest() + references.digest();
        // What an unreadable file defines is not known, and would only be reported as missing.
        if (allRead && trees.size() == sources.sources().size()) {
            draft.check(findings, warnings);
        }
        Loaded loaded = draft.configuration()
                .filter(whole -> findings.count() == 0)
                .<Loaded>map(whole -> new Loaded.Accepted(whole, sources.paths(), digest, warnings.inOrder()))
                .orElseGet(() -> new Loaded.Rejected(findings.inOrder()));
        return new Reading(loaded, references, digest);
    }
}
