using System.Globalization;
using Mizzen.Resources.Security;

namespace Mizzen.Resources.Validation;

/// <summary>Istio's rules for AuthorizationPolicies.</summary>
internal static class AuthorizationPolicyRules
{
    private const int MostRules = 512;
    private const int MostServiceAccounts = 16;

    public static void Check(AuthorizationPolicySpec spec, Findings findings)
    {
        PolicyTargetRules.Check(spec.Selector, spec.TargetRef, spec.TargetRefs, findings);
        var action = spec.Action ?? "ALLOW";
        CheckProvider(spec, action, findings);
        var rules = spec.Rules ?? [];
        if (rules.Count > MostRules)
        {
            findings.Error("spec.rules", $"has more than {MostRules} rules", "split the policy");
        }

        if (rules.Count == 0)
        {
            CheckNoRules(action, findings);
        }

        for (var i = 0; i < rules.Count; i++)
        {
            CheckRule(rules[i], $"spec.rules[{i}]", action == "CUSTOM", findings);
        }
    }

    private static void CheckProvider(AuthorizationPolicySpec spec, string action, Findings findings)
    {
        if (action == "CUSTOM" && string.IsNullOrEmpty(spec.Provider?.Name))
        {
            findings.Error("spec.provider.name", "action CUSTOM asks a provider, and none is named", "name one of the mesh configuration's extensionProviders");
        }
        else if (action != "CUSTOM" && spec.Provider is not null)
        {
            findings.Error("spec.provider", $"action {action} asks nobody", "remove it, or set the action to CUSTOM");
        }
    }

    private static void CheckNoRules(string action, Findings findings)
    {
        switch (action)
        {
            case "ALLOW":
                findings.Warn("spec.rules", "an ALLOW policy without rules lets nothing pass", "give it rules, unless that is meant");
                break;
            case "CUSTOM":
                findings.Error("spec.rules", "a CUSTOM policy without rules never asks its provider", "give it rules; '- {}' is every request");
                break;
            default:
                findings.Error("spec.rules", $"a {action} policy without rules does nothing", "give it rules; '- {}' is every request");
                break;
        }
    }

    private static void CheckRule(AuthorizationRule rule, string path, bool isCustom, Findings findings)
    {
        if (rule.From is { Count: 0 } || rule.To is { Count: 0 })
        {
            findings.Error(path, "an empty from or to says nothing", "give it entries, or remove it");
        }

        for (var i = 0; i < (rule.From?.Count ?? 0); i++)
        {
            CheckSource(rule.From![i].Source, $"{path}.from[{i}].source", isCustom, findings);
        }

        for (var i = 0; i < (rule.To?.Count ?? 0); i++)
        {
            CheckOperation(rule.To![i].Operation, $"{path}.to[{i}].operation", findings);
        }

        for (var i = 0; i < (rule.When?.Count ?? 0); i++)
        {
            CheckCondition(rule.When![i], $"{path}.when[{i}]", isCustom, findings);
        }
    }

    private static void CheckSource(RuleSource? source, string path, bool isCustom, Findings findings)
    {
        if (source is null || source == new RuleSource())
        {
            findings.Error(path, "is empty", "say where requests come from, or remove the entry");
            return;
        }

        var identities = new[]
        {
            ("principals", source.Principals), ("notPrincipals", source.NotPrincipals), ("requestPrincipals", source.RequestPrincipals),
            ("notRequestPrincipals", source.NotRequestPrincipals), ("namespaces", source.Namespaces), ("notNamespaces", source.NotNamespaces),
            ("serviceAccounts", source.ServiceAccounts), ("notServiceAccounts", source.NotServiceAccounts),
            ("trustDomains", source.TrustDomains), ("notTrustDomains", source.NotTrustDomains),
        };
        foreach (var (name, values) in identities)
        {
            CheckValues(values, $"{path}.{name}", findings);
            if (isCustom && values is not null)
            {
                findings.Error($"{path}.{name}", "who asks is not known yet when action CUSTOM is decided", "use ipBlocks, or the conditions of to");
            }
        }

        CheckServiceAccounts(source, path, findings);
        foreach (var (name, values) in new[]
        {
            ("ipBlocks", source.IpBlocks), ("notIpBlocks", source.NotIpBlocks),
            ("remoteIpBlocks", source.RemoteIpBlocks), ("notRemoteIpBlocks", source.NotRemoteIpBlocks),
        })
        {
            CheckRanges(values, $"{path}.{name}", findings);
        }
    }

    private static void CheckServiceAccounts(RuleSource source, string path, Findings findings)
    {
        if (source.ServiceAccounts is null && source.NotServiceAccounts is null)
        {
            return;
        }

        if (source.Principals is not null || source.NotPrincipals is not null || source.Namespaces is not null || source.NotNamespaces is not null)
        {
            findings.Error(path + ".serviceAccounts", "cannot stand beside principals or namespaces", "keep one of them");
        }

        foreach (var account in (source.ServiceAccounts ?? []).Concat(source.NotServiceAccounts ?? []))
        {
            if (account.Contains('*', StringComparison.Ordinal) || account.Split('/').Length > 2)
            {
                findings.Error(path + ".serviceAccounts", $"'{account}' is not a service account", "write it like namespace/name, or name for one of the same namespace");
            }
        }

        if (source.ServiceAccounts?.Count > MostServiceAccounts || source.NotServiceAccounts?.Count > MostServiceAccounts)
        {
            findings.Error(path + ".serviceAccounts", $"has more than {MostServiceAccounts} entries", "use several sources");
        }
    }

    private static void CheckOperation(RuleOperation? operation, string path, Findings findings)
    {
        if (operation is null || operation == new RuleOperation())
        {
            findings.Error(path, "is empty", "say what is asked for, or remove the entry");
            return;
        }

        foreach (var (name, values) in new[]
        {
            ("hosts", operation.Hosts), ("notHosts", operation.NotHosts), ("methods", operation.Methods), ("notMethods", operation.NotMethods),
            ("paths", operation.Paths), ("notPaths", operation.NotPaths), ("ports", operation.Ports), ("notPorts", operation.NotPorts),
        })
        {
            CheckValues(values, $"{path}.{name}", findings);
        }

        CheckPorts(operation.Ports, path + ".ports", findings);
        CheckPorts(operation.NotPorts, path + ".notPorts", findings);
        foreach (var text in (operation.Paths ?? []).Concat(operation.NotPaths ?? []).Where(text => text.Contains('{', StringComparison.Ordinal)))
        {
            if (PathTemplates.ProblemOf(text) is { } problem)
            {
                findings.Error(path + ".paths", $"'{text}' is not a path template: {problem}", "use {*} for one segment and {**} at the end for the rest");
            }
        }
    }

    private static void CheckCondition(RuleCondition condition, string path, bool isCustom, Findings findings)
    {
        var key = condition.Key ?? "";
        if (!AuthorizationKeys.IsKnown(key))
        {
            findings.Error(path + ".key", $"'{key}' is not an attribute", "use one such as request.headers[x], source.ip, source.namespace, request.auth.claims[x] or destination.port");
            return;
        }

        if (condition.Values is not { Count: > 0 } && condition.NotValues is not { Count: > 0 })
        {
            findings.Error(path, "has neither values nor notValues", "give one of them");
        }

        if (isCustom && AuthorizationKeys.IsIdentity(key))
        {
            findings.Error(path + ".key", "who asks is not known yet when action CUSTOM is decided", "use source.ip, headers, or the conditions of to");
        }

        CheckValues(condition.Values, path + ".values", findings);
        CheckValues(condition.NotValues, path + ".notValues", findings);
        if (AuthorizationKeys.IsAddress(key))
        {
            CheckRanges(condition.Values, path + ".values", findings);
            CheckRanges(condition.NotValues, path + ".notValues", findings);
        }
        else if (key == "destination.port")
        {
            CheckPorts(condition.Values, path + ".values", findings);
            CheckPorts(condition.NotValues, path + ".notValues", findings);
        }
    }

    private static void CheckValues(IReadOnlyList<string>? values, string path, Findings findings)
    {
        if (values is { Count: 0 })
        {
            findings.Error(path, "is empty", "give values, or remove it");
        }

        if (values?.Contains("") == true)
        {
            findings.Error(path, "has an empty value", "remove the value");
        }
    }

    private static void CheckRanges(IReadOnlyList<string>? values, string path, Findings findings)
    {
        CheckValues(values, path, findings);
        foreach (var value in (values ?? []).Where(value => value.Length > 0 && !AddressRanges.IsRange(value)))
        {
            findings.Error(path, $"'{value}' is not an address or a range", "write it like 10.1.2.3 or 10.1.0.0/16");
        }
    }

    private static void CheckPorts(IReadOnlyList<string>? values, string path, Findings findings)
    {
        foreach (var value in values ?? [])
        {
            if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65535)
            {
                findings.Error(path, $"'{value}' is not a port", "give a number from 1 to 65535, as text");
            }
        }
    }
}
