"""DNS answers and the frames that carry them, byte by byte (RFC 1035 4.1)."""
import ipaddress
import struct


def wire_name(name):
    return b"".join(bytes([len(label)]) + label.encode() for label in name.split(".")) + b"\0"


def dns_question(name, query_id=0x1234):
    return struct.pack("!6H", query_id, 0x0100, 1, 0, 0, 0) + wire_name(name) + b"\0\1\0\1"


def dns_answer(name, *addresses, query_id=0x1234, alias=None):
    """The answer of a name server: `name` has these addresses, over an alias when one is given."""
    of = [ipaddress.ip_address(a).packed for a in addresses]
    kind = 28 if of and len(of[0]) == 16 else 1
    out = struct.pack("!6H", query_id, 0x8180, 1, len(of) + (1 if alias else 0), 0, 0)
    out += wire_name(name) + struct.pack("!HH", kind, 1)
    owner = b"\xc0\x0c"
    if alias:
        target = wire_name(alias)
        out += owner + struct.pack("!HHIH", 5, 1, 300, len(target)) + target
        owner = target
    for packed in of:
        out += owner + struct.pack("!HHIH", 28 if len(packed) == 16 else 1, 1, 300, len(packed))
        out += packed
    return out


def udp_frame(payload, source="192.0.2.53", target="192.0.2.10", source_port=53, target_port=5300):
    ends = [ipaddress.ip_address(a).packed for a in (source, target)]
    udp = struct.pack("!HHHH", source_port, target_port, 8 + len(payload), 0) + payload
    ip = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), 7, 0x4000, 64, 17, 0, *ends)
    return b"\x02\0\0\0\0\x01\x02\0\0\0\0\x02\x08\0" + ip + udp
