# Odoo 19 with the suite's addons and the Python packages that they need.
FROM odoo:19.0
USER root
COPY requirements.txt /tmp/requirements.txt
RUN grep -iE '^(pyhanko|pyhanko-certvalidator|signxml|phonenumbers|qrcode|reportlab|xlsxwriter|openpyxl|cryptography|lxml|lxml_html_clean|holidays|authlib)==' \
        /tmp/requirements.txt > /tmp/addons.txt \
    && pip3 install --no-cache-dir --break-system-packages --ignore-installed -r /tmp/addons.txt \
    && rm /tmp/requirements.txt /tmp/addons.txt
COPY addons /mnt/extra-addons
COPY config/production.conf /etc/odoo/odoo.conf
USER odoo
