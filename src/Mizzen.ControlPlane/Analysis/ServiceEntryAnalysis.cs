using System.Text.Json.Nodes;
using Mizzen.Resources.Reading;
using Mizzen.Resources.Validation;

namespace Mizzen.ControlPlane.Analysis;

/// <summary>ServiceEntries whose connections nothing tells apart, and such that disagree about a port.</summary>
internal static class ServiceEntryAnalysis
{
    public static IEnumerable<Problem> Of(AnalysisInput input) => Addresses(input).Concat(Protocols(input));

    private static IEnumerable<Problem> Addresses(AnalysisInput input)
    {
        foreach (var entry in input.Of("ServiceEntry").Where(entry => entry.At("spec", "addresses") is not JsonArray { Count: > 0 }))
        {
            var ports = entry.At("spec", "ports").Objects().ToList();
            var index = ports.FindIndex(port => port.Text("protocol").ToUpperInvariant() is "" or "TCP" or "MONGO" or "REDIS" or "MYSQL");
            if (index >= 0)
            {
                yield return new Problem(
                    IstioCodes.ServiceEntryAddressesRequired, AnalysisInput.KeyOf(entry), $"spec.ports[{index}]", "ServiceEntry addresses are required for this protocol.", "give spec.addresses, so that its connections can be told from others to the same port");
            }
        }
    }

    private static IEnumerable<Problem> Protocols(AnalysisInput input)
    {
        var ports = input.Of("ServiceEntry").SelectMany(
            entry => entry.At("spec", "hosts").Texts().SelectMany(host => entry.At("spec", "ports").Objects().Select(port => (Entry: entry, Host: host, Port: port))));
        foreach (var same in ports.GroupBy(item => (item.Host, Number: item.Port.Text("number"))).Where(group => group.Select(item => item.Port.Text("protocol").ToUpperInvariant()).Distinct().Count() > 1))
        {
            var entries = string.Join(" ", same.Select(item => $"{item.Entry.Text("metadata", "namespace")}/{item.Entry.Text("metadata", "name")}").Distinct());
            foreach (var item in same)
            {
                yield return new Problem(
                    IstioCodes.ConflictingServiceEntryProtocol, AnalysisInput.KeyOf(item.Entry), "spec.ports", $"The ServiceEntries [{entries}] define different protocols for host \"{same.Key.Host}\" and port {same.Key.Number}: [{string.Join(" ", same.Select(each => each.Port.Text("protocol")).Distinct())}]", "let them agree");
            }
        }
    }
}
