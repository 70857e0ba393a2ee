package io.keycoord.sdk.provider;

import io.keycoord.sdk.InputPolicy;
import io.keycoord.sdk.LimitHeader;
import io.keycoord.sdk.Reservation;
import io.keycoord.sdk.Rule;
import java.util.ArrayList;
import java.util.List;

/**
 * What a file of rules says, together with what it extends.
 *
 * @param credentialHeader the header that carries the secret
 * @param credentialPrefix what stands before it
 * @param input what is charged of a call's prompt
 * @param output what is reserved of a call's output
 * @param keyPaths where the provider tells about the key that asks
 * @param creditsPaths where it tells about the money of the account
 * @param limits the headers that tell what is left of limits
 * @param first rules that are tried before all others
 * @param rules the provider's own
 * @param last what a status means when nothing more is known
 */
record Profile(
        String credentialHeader,
        String credentialPrefix,
        InputPolicy input,
        Reservation output,
        List<String> keyPaths,
        List<String> creditsPaths,
        List<LimitHeader> limits,
        List<Rule> first,
        List<Rule> rules,
        List<Rule> last) {

    Profile {
        keyPaths = List.copyOf(keyPaths);
        creditsPaths = List.copyOf(creditsPaths);
        limits = List.copyOf(limits);
        first = List.copyOf(first);
        rules = List.copyOf(rules);
        last = List.copyOf(last);
    }

    /** With rules that are tried before those of the same list here. */
    Profile with(List<Rule> moreFirst, List<Rule> moreRules, List<Rule> moreLast) {
        return new Profile(
                credentialHeader,
                credentialPrefix,
                input,
                output,
                keyPaths,
                creditsPaths,
                limits,
                joined(moreFirst, first),
                joined(moreRules, rules),
                joined(moreLast, last));
    }

    Profile withCredential(String header, String prefix) {
        return new Profile(header, prefix, input, output, keyPaths, creditsPaths, limits, first, rules, last);
    }

    Profile withKeyPaths(List<String> paths) {
        return new Profile(
                credentialHeader, credentialPrefix, input, output, paths, creditsPaths, limits, first, rules, last);
    }

    Profile withInput(InputPolicy other) {
        return new Profile(
                credentialHeader, credentialPrefix, other, output, keyPaths, creditsPaths, limits, first, rules, last);
    }

    Profile withOutput(Reservation other) {
        return new Profile(
                credentialHeader, credentialPrefix, input, other, keyPaths, creditsPaths, limits, first, rules, last);
    }

    Profile withLimits(List<LimitHeader> other) {
        return new Profile(
                credentialHeader, credentialPrefix, input, output, keyPaths, creditsPaths, other, first, rules, last);
    }

    Profile withCreditsPaths(List<String> paths) {
        return new Profile(
                credentialHeader, credentialPrefix, input, output, keyPaths, paths, limits, first, rules, last);
    }

    Dialect dialect(String name) {
        List<Rule> all = joined(first, joined(rules, last));
        return new Dialect(
                name, credentialHeader, credentialPrefix, input, output, all, limits, keyPaths, creditsPaths);
    }

    private static List<Rule> joined(List<Rule> before, List<Rule> after) {
        List<Rule> all = new ArrayList<>(before);
        all.addAll(after);
        return all;
    }
}
