using System.Net;
using Mizzen.Client;
using Mizzen.Dns;
using Mizzen.Resources.Core;
using Mizzen.Resources.Discovery;

namespace Mizzen.Cluster.Dns;

/// <summary>
/// The names of the cluster (Kubernetes' DNS specification 1.1): <c>service.namespace.svc.cluster.local</c>, the pods behind headless
/// services, <c>_port._protocol</c> records, and the way back from an address.
/// </summary>
internal sealed class ClusterZone(Informer<Service> services, Informer<EndpointSlice> slices)
{
    public const string Domain = "cluster.local";

    private const uint TimeToLive = 5;
    private const string ReverseSuffix = ".in-addr.arpa";
    private const string ServiceNameLabel = "kubernetes.io/service-name";

    /// <summary>The answer, or null when the name is not the cluster's.</summary>
    public DnsAnswer? Answer(string name, DnsType type)
    {
        if (name.EndsWith(ReverseSuffix, StringComparison.Ordinal))
        {
            return Reverse(name, type);
        }

        if (name != Domain && !name.EndsWith("." + Domain, StringComparison.Ordinal))
        {
            return null;
        }

        var labels = name == Domain ? [] : name[..^(Domain.Length + 1)].Split('.');
        return labels switch
        {
            [.. var rest, var service, var ns, "svc"] => AnswerForService(rest, service, ns, type),
            [_, "svc"] or ["svc"] or [] => DnsAnswer.Empty,
            [var dashed, _, "pod"] => AnswerForPod(dashed, type),
            _ => DnsAnswer.NoSuchName,
        };
    }

    private DnsAnswer AnswerForService(string[] rest, string name, string ns, DnsType type)
    {
        if (services.Find(ns, name) is not { } service)
        {
            return DnsAnswer.NoSuchName;
        }

        return rest switch
        {
            [] => Addresses(service, type),
            [var port, var protocol] when port.StartsWith('_') && protocol.StartsWith('_') => Ports(service, port[1..], protocol[1..], type),
            [var host] => HostOf(service, host, type),
            _ => DnsAnswer.NoSuchName,
        };
    }

    private DnsAnswer Addresses(Service service, DnsType type)
    {
        if (service.Spec is { Type: "ExternalName", ExternalName: { Length: > 0 } target })
        {
            var name = target.TrimEnd('.').ToLowerInvariant();
            return new DnsAnswer(DnsCode.NoError, [DnsRecord.Alias(name, TimeToLive)]) { Alias = type == DnsType.Cname ? null : name };
        }

        if (type is not (DnsType.A or DnsType.Any))
        {
            return DnsAnswer.Empty;
        }

        return IPAddress.TryParse(service.Spec?.ClusterIp, out var address)
            ? new DnsAnswer(DnsCode.NoError, [DnsRecord.Address(address, TimeToLive)])
            : new DnsAnswer(DnsCode.NoError, [.. EndpointsOf(service).Select(endpoint => DnsRecord.Address(endpoint.Address, TimeToLive))]);
    }

    private DnsAnswer HostOf(Service service, string host, DnsType type)
    {
        var found = EndpointsOf(service).Where(endpoint => endpoint.Host == host).ToList();
        if (found.Count == 0)
        {
            return DnsAnswer.NoSuchName;
        }

        return type is DnsType.A or DnsType.Any
            ? new DnsAnswer(DnsCode.NoError, [.. found.Select(endpoint => DnsRecord.Address(endpoint.Address, TimeToLive))])
            : DnsAnswer.Empty;
    }

    private static DnsAnswer Ports(Service service, string portName, string protocol, DnsType type)
    {
        var port = service.Spec?.Ports?.FirstOrDefault(candidate =>
            candidate.Name == portName && string.Equals(candidate.Protocol ?? "TCP", protocol, StringComparison.OrdinalIgnoreCase));
        if (port is null)
        {
            return DnsAnswer.NoSuchName;
        }

        var target = $"{service.Metadata.Name}.{service.Metadata.Namespace}.svc.{Domain}";
        return type is DnsType.Srv or DnsType.Any
            ? new DnsAnswer(DnsCode.NoError, [DnsRecord.Service((ushort)port.Port, target, TimeToLive)])
            : DnsAnswer.Empty;
    }

    private static DnsAnswer AnswerForPod(string dashed, DnsType type)
    {
        if (TryReadAddress(dashed.Split('-')) is not { } address)
        {
            return DnsAnswer.NoSuchName;
        }

        return type is DnsType.A or DnsType.Any ? new DnsAnswer(DnsCode.NoError, [DnsRecord.Address(address, TimeToLive)]) : DnsAnswer.Empty;
    }

    private DnsAnswer? Reverse(string name, DnsType type)
    {
        if (TryReadAddress(name[..^ReverseSuffix.Length].Split('.').Reverse()) is not { } address)
        {
            return DnsAnswer.NoSuchName;
        }

        var service = services.Items.FirstOrDefault(candidate => candidate.Spec?.ClusterIp == address.ToString());
        if (service is null)
        {
            return Network.ClusterNetwork.PodRange.Contains(address) || Network.ClusterNetwork.ServiceRange.Contains(address) ? DnsAnswer.NoSuchName : null;
        }

        var target = $"{service.Metadata.Name}.{service.Metadata.Namespace}.svc.{Domain}";
        return type is DnsType.Ptr or DnsType.Any ? new DnsAnswer(DnsCode.NoError, [DnsRecord.Pointer(target, TimeToLive)]) : DnsAnswer.Empty;
    }

    // All four parts: the short forms that address parsers take are no addresses here.
    private static IPAddress? TryReadAddress(IEnumerable<string> parts)
    {
        var octets = parts.ToList();
        return octets.Count == 4 && octets.TrueForAll(octet => octet == "0" || (octet.Length > 0 && octet[0] != '0'))
            && IPAddress.TryParse(string.Join('.', octets), out var address)
            ? address
            : null;
    }

    private IEnumerable<(IPAddress Address, string? Host)> EndpointsOf(Service service)
    {
        var withUnready = service.Spec?.PublishNotReadyAddresses == true;
        foreach (var slice in slices.Items)
        {
            if (slice.Metadata.Namespace != service.Metadata.Namespace
                || slice.Metadata.Labels?.GetValueOrDefault(ServiceNameLabel) != service.Metadata.Name)
            {
                continue;
            }

            foreach (var endpoint in slice.Endpoints ?? [])
            {
                if ((withUnready || endpoint.Conditions?.Ready != false) && endpoint.Addresses is [var text, ..] && IPAddress.TryParse(text, out var address))
                {
                    yield return (address, endpoint.Hostname ?? endpoint.TargetRef?.Name);
                }
            }
        }
    }
}
